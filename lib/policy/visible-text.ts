/**
 * The attack: a name that reads as another's, or turns round what stands beside it (“admin‮…”): marks
 * without a shape, and those that change the direction of writing. An owner then removes the wrong one
 * of two, or reads an event backwards.
 *
 * Whoever copies a text copies such marks with it, so that at its ends they are passed over.
 */

/** What shows nothing by itself, or looks like nothing (Unicode's default-ignorable, formats, blank letters). */
const UNSEEN = String.raw`\p{Default_Ignorable_Code_Point}\p{Cf}\p{Zl}\p{Zp}\u2800`;

/**
 * Where two of them belong to a word: joiners behind a letter of a script that needs them (Persian,
 * Hindi, …), joiner and presentation in an emoji.
 */
const NEEDED =
  /(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}])[\u200c\u200d](?=\p{L})|(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Extended_Pictographic}#*0-9])\ufe0f/gu;

const UNSEEN_ANYWHERE = new RegExp(`[${UNSEEN}]`, 'u');
const NEEDED_OR_UNSEEN = new RegExp(`(${NEEDED.source})|[${UNSEEN}]`, 'gu');
const UNSEEN_OR_BLANK = new RegExp(`[\\s${UNSEEN}]`, 'u');

/** Without blanks and unseen marks at its ends. */
export function trimUnseen(text: string): string {
  const characters = [...text];
  const isLeft = (character: string) => !UNSEEN_OR_BLANK.test(character);
  const start = characters.findIndex(isLeft);
  const end = characters.findLastIndex(isLeft);
  if (start === -1) return '';
  // An emoji's presentation at the end belongs to it.
  const rest = characters.slice(end + 1);
  const kept = rest[0] === '\ufe0f' && !hasUnseen(`${characters[end]}\ufe0f`) ? 1 : 0;
  return characters.slice(start, end + 1 + kept).join('');
}

/** Whether a text holds a mark that nobody sees, and that no word needs. */
export function hasUnseen(text: string): boolean {
  return UNSEEN_ANYWHERE.test(text.replace(NEEDED, ''));
}

/** The text without them, for what nobody has typed and nobody can be asked about. */
export function withoutUnseen(text: string): string {
  return text.replace(NEEDED_OR_UNSEEN, (_mark, needed?: string) => needed ?? '');
}
