import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { classNames } from '@/components/ui/class-names';

/** Below a setting that was changed and is not saved yet. */
export function SaveBar({
  error,
  isSaving,
  onDiscard,
  label,
  sticky = false,
}: {
  /** Why it could not be saved, where no field says it. */
  error: Error | null;
  isSaving: boolean;
  onDiscard: () => void;
  /** Of the button that saves. */
  label: string;
  /** Stays in sight while the page is longer than the screen. */
  sticky?: boolean;
}) {
  return (
    <div
      className={classNames(
        'flex flex-wrap items-center justify-end gap-2',
        sticky
          ? 'sticky bottom-(--foot) z-10 mt-6 -mx-4 border-t border-line bg-canvas px-4 py-3 sm:mx-0 sm:px-0'
          : 'mt-4',
      )}
    >
      {error ? (
        <div className="w-full">
          <Callout tone="danger" live>
            {error.message}
          </Callout>
        </div>
      ) : null}
      <Button onClick={onDiscard} disabled={isSaving}>
        Discard
      </Button>
      <Button type="submit" variant="primary" pending={isSaving}>
        {label}
      </Button>
    </div>
  );
}
