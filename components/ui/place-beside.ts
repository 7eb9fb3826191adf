/** From the edges of the window. */
const MARGIN_PX = 8;

/**
 * Places what is fixed beside something: on the wished side, or on the other where there is more room, and
 * wholly within the window.
 */
export function placeBeside(
  panel: HTMLElement,
  anchor: Element,
  {
    side,
    align,
    gapPx,
  }: { side: 'top' | 'bottom'; align: 'start' | 'center' | 'end'; gapPx: number },
): void {
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  panel.style.maxHeight = '';
  const above = top - gapPx - MARGIN_PX;
  const below = height - bottom - gapPx - MARGIN_PX;
  const needed = panel.offsetHeight;
  const isBelow =
    side === 'bottom' ? below >= Math.min(needed, above) : above < Math.min(needed, below);
  panel.style.maxHeight = `${Math.max(isBelow ? below : above, 0)}px`;
  const start = {
    start: left,
    center: (left + right - panel.offsetWidth) / 2,
    end: right - panel.offsetWidth,
  };
  const most = width - MARGIN_PX - panel.offsetWidth;
  panel.style.left = `${Math.max(MARGIN_PX, Math.min(start[align], most))}px`;
  panel.style.top = `${isBelow ? bottom + gapPx : top - gapPx - panel.offsetHeight}px`;
}
