/** "115,265"; the same on every machine. */
export const numberText = (count: number) => count.toLocaleString('en-US');

/** "1 prompt", "115,265 prompts"; the same on every machine. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}
