import { classNames } from '@/components/ui/class-names';

export type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'ghost';
export type ButtonSize = 'sm' | 'md' | 'lg';

const variants: Record<ButtonVariant, string> = {
  primary: 'border-transparent bg-accent text-on-accent enabled-hover:bg-accent-hover',
  secondary: 'border-control/50 bg-surface text-ink enabled-hover:bg-sunken',
  danger: 'border-transparent bg-danger text-on-danger enabled-hover:bg-danger-hover',
  ghost: 'border-transparent bg-transparent text-ink enabled-hover:bg-sunken',
};

const sizes: Record<ButtonSize, string> = {
  sm: 'h-8 px-3 text-[0.8125rem] pointer-coarse:min-h-10',
  md: 'h-9 px-4 text-sm pointer-coarse:min-h-11',
  lg: 'h-11 px-5 text-[0.9375rem]',
};

/** The classes of a button, for the rare element that must look like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: ButtonSize = 'md'): string {
  return classNames(
    'relative inline-flex shrink-0 items-center justify-center gap-2 rounded-md border font-medium whitespace-nowrap select-none transition-colors duration-100 aria-disabled:opacity-60 aria-disabled:cursor-not-allowed disabled:opacity-60 disabled:cursor-not-allowed data-early:aria-busy:cursor-progress data-early:aria-busy:opacity-60',
    variants[variant],
    sizes[size],
  );
}
