import { TextLink } from '@/components/ui/text-link';

/** Several fit what was typed: each leads to its own events. */
export function Choices({ links }: { links: readonly { name: string; href: string }[] }) {
  return (
    <span className="flex flex-col gap-1">
      <span>Several fit. Which one?</span>
      {links.map(({ name, href }) => (
        <TextLink key={href} href={href}>
          {name}
        </TextLink>
      ))}
    </span>
  );
}
