import { DOMParser } from '@xmldom/xmldom';
import { refuse } from './refusal';

/**
 * The one XML parser, which is the one that the signature library uses too. The attacks: two parsers that
 * read one text differently; entities that name files or grow without end; a comment that cuts a name in
 * two; a text whose parse takes minutes. So what a SAML message never needs is refused in the text, before
 * any parser sees it, and every complaint of the parser is final.
 */

export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
  encryption11: 'http://www.w3.org/2009/xmlenc11#',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
} as const;

/** No message of a provider comes near; longer ones are not parsed. */
export const MAX_XML_BYTES = 256 * 1024;
const MAX_TAGS = 5_000;
const MAX_ATTRIBUTES_OF_A_TAG = 256;
const MAX_DEPTH = 40;

const DECLARATION =
  /^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')(?:\s+encoding\s*=\s*(?:"utf-8"|'utf-8'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 forbids, and line ends that parsers change
const FORBIDDEN_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\x85\u2028\ufffe\uffff]/;
const FORBIDDEN_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)/;

/**
 * @param base64 as forms and queries carry it; white space in it is allowed
 * @throws Refused too_large, not_base64
 */
export function decodeBase64(base64: string): Buffer {
  if (base64.length > MAX_XML_BYTES * 1.5) refuse('too_large');
  const body = base64.replace(/[\s]/g, '');
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) refuse('not_base64');
  return Buffer.from(body, 'base64');
}

/**
 * The text of a message, fit for the parser: UTF-8, without its XML declaration, with plain line ends.
 * @throws Refused too_large, malformed, doctype, comment, processing_instruction
 */
export function xmlText(bytes: Buffer): string {
  if (bytes.length > MAX_XML_BYTES) refuse('too_large');
  const text = decodeUtf8(bytes)
    .replace(/\r\n?/g, '\n')
    .trim()
    .replace(DECLARATION, '')
    .trimStart();
  refuseMarkup(text);
  return text;
}

/**
 * @param text what `xmlText` returned, or what came out of decryption
 * @throws Refused
 */
export function parseXml(text: string): Element {
  refuseMarkup(text);
  const root = parse(text);
  refuseOddNames(root);
  return root;
}

/**
 * A document of which a little is read and nothing is signed: metadata. What people and their tools write
 * beside that is taken out (comments, processing instructions, a declaration of whatever encoding), and
 * names are not judged. A DTD is refused, and what would cost the parser labour.
 * @throws Refused
 */
export function parseLenientXml(text: string): Element {
  if (Buffer.byteLength(text) > MAX_XML_BYTES) refuse('too_large');
  const plain = plainMarkup(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')).trim();
  refuseMarkup(plain);
  return parse(plain);
}

/**
 * Without comments and processing instructions; CDATA as plain text. Found by search from where the last one
 * ended, and one without an end is refused: a pattern that looks for its end from each beginning takes the
 * square of the length.
 */
function plainMarkup(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', Math.max(from, at + 1))) {
    const next = text[at + 1];
    if (next !== '!' && next !== '?') continue;
    const kind = MARKUP.find(({ start }) => text.startsWith(start, at)) ?? refuse('doctype');
    const end = text.indexOf(kind.end, at + kind.start.length);
    if (end < 0) refuse(kind.reason);
    kept.push(text.slice(from, at));
    if (kind.isText) kept.push(escapeText(text.slice(at + kind.start.length, end)));
    from = end + kind.end.length;
  }
  return kept.join('') + text.slice(from);
}

const MARKUP = [
  { start: '<!--', end: '-->', isText: false, reason: 'comment' },
  { start: '<?', end: '?>', isText: false, reason: 'processing_instruction' },
  { start: '<![CDATA[', end: ']]>', isText: true, reason: 'malformed' },
] as const;

const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * An attribute of the first tag, read without a parse: for finding what a message belongs to, which the parsed
 * message must then say too.
 * @param text what `xmlText` returned
 */
export function rootAttributeOf(text: string, wanted: string): string | null {
  const attribute = /\s+([^\s=<>"'/]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
  attribute.lastIndex = /^<[^\s<>"'=/]+/.exec(text)?.[0].length ?? text.length;
  for (let found = attribute.exec(text); found; found = attribute.exec(text)) {
    const [, name, double, single] = found;
    if (name === wanted) return double ?? single ?? null;
  }
  return null;
}

/** Elements in a node, of any name; text between them must be blank. */
export function elementsIn(parent: Node): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    if (isElement(node)) found.push(node);
    else if (node.nodeType !== node.TEXT_NODE || node.nodeValue?.trim()) refuse('malformed');
  }
  return found;
}

export function is(element: Element, namespace: string, name: string): boolean {
  return element.namespaceURI === namespace && element.localName === name;
}

export function childrenNamed(parent: Element, namespace: string, name: string): Element[] {
  return elementsIn(parent).filter((child) => is(child, namespace, name));
}

/** The text of an element that holds text alone. @throws Refused malformed */
export function textOf(element: Element): string {
  for (let node = element.firstChild; node; node = node.nextSibling) {
    if (node.nodeType !== node.TEXT_NODE) refuse('malformed');
  }
  return element.textContent ?? '';
}

/** An attribute without a namespace; null: not there. */
export function attributeOf(element: Element, name: string): string | null {
  return element.hasAttribute(name) ? element.getAttribute(name) : null;
}

/** An element and all elements in it, in document order. */
export function allElements(root: Element): Element[] {
  const found: Element[] = [];
  const queue: { element: Element; depth: number }[] = [{ element: root, depth: 1 }];
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (next.depth > MAX_DEPTH) refuse('malformed');
    found.push(next.element);
    for (let node = next.element.lastChild; node; node = node.previousSibling) {
      if (isElement(node)) queue.push({ element: node, depth: next.depth + 1 });
    }
  }
  return found;
}

/** In the text, where `<!` and `<?` can only begin what is refused: in values, `<` is written `&lt;`. */
function refuseMarkup(text: string): void {
  if (/<!doctype|<!entity/i.test(text)) refuse('doctype');
  if (text.includes('<!--')) refuse('comment');
  if (text.includes('<?')) refuse('processing_instruction');
  if (text.includes('<!')) refuse('malformed');
  if (!text.startsWith('<') || !text.endsWith('>')) refuse('malformed');
  if (FORBIDDEN_CHARACTER.test(text) || FORBIDDEN_REFERENCE.test(text)) refuse('malformed');
  refuseLabour(text);
}

/** What would make the parser work long: its effort grows with the square of these. */
function refuseLabour(text: string): void {
  const pieces = text.split('<', MAX_TAGS + 2);
  if (pieces.length > MAX_TAGS) refuse('too_large');
  for (const piece of pieces) {
    // Most have few of any kind: in a text between tags (a list of names, `cn=…,ou=…`) they are no attributes.
    const isSuspect =
      piece.split('=', MAX_ATTRIBUTES_OF_A_TAG + 2).length > MAX_ATTRIBUTES_OF_A_TAG;
    if (isSuspect && countAttributes(piece) > MAX_ATTRIBUTES_OF_A_TAG) refuse('too_large');
  }
}

/** In a tag, up to the `>` that stands in no value. */
function countAttributes(piece: string): number {
  let count = 0;
  let quote = '';
  for (const character of piece) {
    if (quote) quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '=') count += 1;
    else if (character === '>') return count;
  }
  return count;
}

function parse(text: string): Element {
  let document: Document;
  try {
    document = new DOMParser({
      errorHandler: (level, message) => {
        throw new SyntaxError(`${level}: ${message}`);
      },
    }).parseFromString(text, 'text/xml');
  } catch {
    return refuse('malformed');
  }
  const [root, ...more] = elementsIn(document);
  return root && more.length === 0 ? root : refuse('malformed');
}

/**
 * Names that two readers could take for different things: a prefix that stands for nothing, a namespace
 * that is relative (canonicalisation fails on it, and some libraries sign what is left: nothing), one
 * attribute in two namespaces, an identifier borne twice.
 */
function refuseOddNames(root: Element): void {
  const ids = new Set<string>();
  for (const element of allElements(root)) {
    if (!element.namespaceURI) refuse('namespace');
    const names = new Set<string>();
    for (const attribute of Array.from(element.attributes)) {
      const { name, localName, value } = attribute;
      if (name === 'xmlns' || name.startsWith('xmlns:')) {
        if (!/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(value) || name === 'xmlns:xml') {
          refuse('namespace');
        }
        continue;
      }
      if (name.includes(':') && !attribute.namespaceURI) refuse('namespace');
      if (names.has(localName.toLowerCase())) refuse('namespace');
      names.add(localName.toLowerCase());
      if (localName.toLowerCase() !== 'id') continue;
      if (ids.has(value) || !/^[A-Za-z_][\w.-]*$/.test(value)) refuse('duplicate_id');
      ids.add(value);
    }
  }
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('malformed');
  }
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE;
}
