import type { Page } from '@playwright/test';

/**
 * Does to the page what a browser's translator does, from now on and to whatever is added later: each
 * text gives way to a `<font>` that holds its words, and the text node that React knows is gone.
 */
export async function translate(page: Page): Promise<void> {
  // A translator comes after the page has come alive; a text that changes under it earlier is another fault.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('h1, label, button')].every((element) =>
      Object.keys(element).some((key) => key.startsWith('__reactFiber')),
    ),
  );
  await page.evaluate(() => {
    // What breaks names its place: the browser's own error holds none.
    for (const method of ['insertBefore', 'removeChild'] as const) {
      const original = Node.prototype[method] as (node: Node, before?: Node | null) => Node;
      Node.prototype[method] = function (this: Element, node: Node, before?: Node | null) {
        const known = method === 'insertBefore' ? before : node;
        if (known && known.parentNode !== this) {
          console.error(`${method} in ${this.outerHTML} by ${known.textContent}`);
        }
        return original.call(this, node, before);
      } as never;
    }
    const isOurs = (node: Node) =>
      node.parentElement?.closest('font, script, style, noscript, title, textarea, [translate=no]');
    const wrap = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.currentNode; node; node = walker.nextNode() as Node) {
        if (node instanceof Text && node.data.trim() !== '' && !isOurs(node)) texts.push(node);
      }
      for (const text of texts) {
        const outer = document.createElement('font');
        const inner = document.createElement('font');
        inner.textContent = text.data;
        outer.append(inner);
        text.replaceWith(outer);
      }
    };
    wrap(document.body);
    new MutationObserver((records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) wrap(node);
    }).observe(document.body, { childList: true, subtree: true });
  });
}
