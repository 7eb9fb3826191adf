/**
 * Whoever is on a slow machine presses before the scripts of the page have come: the press would be lost, or
 * a form sent the browser's own way. So the last press of a button that is still `data-early` is kept, the
 * button says that it is busy, and it is pressed again once it has come alive.
 */
const KEEP = `{
  let kept = null;
  const watch = new MutationObserver(() => {
    if (kept === null || kept.hasAttribute('data-early')) return;
    forget().click();
  });
  const forget = () => {
    const button = kept;
    kept = null;
    watch.disconnect();
    button?.removeAttribute('aria-busy');
    return button;
  };
  addEventListener('click', (event) => {
    const button = event.target.closest('button[data-early]');
    if (button === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    forget();
    kept = button;
    button.setAttribute('aria-busy', 'true');
    watch.observe(button, { attributes: true, attributeFilter: ['data-early'] });
  }, true);
}`;

/** Stands before everything else of the page. */
export function EarlyPresses({ nonce }: { nonce: string }) {
  return (
    <script
      nonce={nonce}
      suppressHydrationWarning
      // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant, and no text of anybody's
      dangerouslySetInnerHTML={{ __html: KEEP }}
    />
  );
}
