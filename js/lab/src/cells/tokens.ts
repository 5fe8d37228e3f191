// What a line of our cells is made of. Pure: a line and where it stands in, pieces out. Each line is
// read once from left to right, so that the time is linear in its length.

/** The kinds of pieces that are told apart; the rest has no colour. */
export type Kind = "magic" | "option" | "column" | "separator" | "name" | "type" | "quiet" | "prose";

/** A piece of a line, from `from` to `to` (exclusive). */
export interface Piece {
  from: number;
  to: number;
  kind: Kind;
}

/** Where a line stands: on the line of the magic, in the question, or in what is below the dashes. */
export type Part = "magic" | "question" | "objective" | "text" | "fields" | "conditions";

/** `%%magic` of ours at the start of a cell, perhaps behind blank lines. */
const CELL_MAGIC = /^\s*%%parallel_[a-z]+(?![\w?])/;
/** `%magic` of ours, also behind `name = `, and before a question mark that asks for its help. */
const LINE_MAGIC = /^\s*(?:[^\W\d][\w.,\s]*=\s*)?%{1,2}parallel_[a-z]+(?!\w)/;
/** A cell magic whose cell is not Python, so that no line of it is a line magic. */
const OTHER_LANGUAGE = /^\s*%%(?!parallel_|(?:time|timeit|capture|prun|debug)\b)/;
/** Cell magics whose text has neither columns nor fields. */
const TEXT_MAGIC = /^\s*%%parallel_search(?!\w)/;
/** What is below its dashes are conditions, and fields behind a +. */
const FIND_MAGIC = /^\s*%%parallel_find(?!\w)/;
const WORD = /\S+/g;
const OPTION = /^(?:--[a-z][\w-]*|-[a-z](?=$|=))/;
const CLOSING: Record<string, string> = { '"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019" };
const COLUMN = /\\?\{\{[^{}\n]+\}\}/g;
const SEPARATOR = /^\s*-{3,}\s*$/;
const FIELD = /^(\s*)([^\W\d]\w*)(\s*:)/;
const DASH = /\s[-\u2013\u2014](?=\s|$)/;
// Longer lines are prose to their end: nobody writes them by hand, and each key press reads them.
const LONGEST = 10_000;

/** True when a cell with this first line that is not blank is ours as a whole. */
export function isCellMagic(line: string): boolean {
  return CELL_MAGIC.test(line);
}

/** True when a cell with this first line is neither Python nor ours. */
export function isOfOtherLanguage(line: string): boolean {
  return OTHER_LANGUAGE.test(line);
}

/** True for a line that is a line magic of ours. */
export function isLineMagic(line: string): boolean {
  return line.length < LONGEST && LINE_MAGIC.test(line) && !isCellMagic(line);
}

/** The pieces of a line and the part that the next line is in. */
export function readLine(line: string, part: Part): { pieces: Piece[]; next: Part } {
  if (part === "magic") {
    if (!line.trim()) return { pieces: [], next: "magic" };
    return { pieces: readMagic(line), next: TEXT_MAGIC.test(line) ? "text" : FIND_MAGIC.test(line) ? "objective" : "question" };
  }
  if (line.length >= LONGEST || part === "text") return { pieces: withProse(line, []), next: part };
  if (part === "fields") return { pieces: readField(line), next: part };
  if (part === "conditions") return { pieces: readCondition(line), next: part };
  if (SEPARATOR.test(line)) {
    return { pieces: [{ from: 0, to: line.length, kind: "separator" }], next: part === "objective" ? "conditions" : "fields" };
  }
  return { pieces: withProse(line, part === "objective" ? [] : readColumns(line)), next: part };
}

/** The pieces of a line with prose between them. */
export function withProse(line: string, pieces: Piece[], from = 0): Piece[] {
  const filled: Piece[] = [];
  let end = from;
  for (const piece of [...pieces, { from: line.length, to: line.length, kind: null }]) {
    if (piece.from > end) filled.push({ from: end, to: piece.from, kind: "prose" });
    if (piece.kind !== null) filled.push(piece as Piece);
    end = piece.to;
  }
  return filled;
}

/** The line of a magic: its name, its options, the `$name` in their values. */
export function readMagic(line: string): Piece[] {
  const start = line.indexOf("%");
  const name = /^%{1,2}\w+/.exec(line.slice(start, start + 60));
  if (start < 0 || name === null) return [];
  const pieces: Piece[] = [{ from: start, to: start + name[0].length, kind: "magic" }];
  const words = new RegExp(WORD);
  words.lastIndex = start + name[0].length;
  for (let word = words.exec(line); word !== null; word = words.exec(line)) {
    const from = word.index;
    if (word[0] === "--") {
      pieces.push({ from, to: from + 2, kind: "separator" });
      break; // what follows is text, whatever it looks like
    }
    const option = OPTION.exec(word[0])?.[0];
    if (option === undefined) continue;
    const to = from + option.length;
    pieces.push({ from, to, kind: "option" });
    words.lastIndex = Math.max(words.lastIndex, endOfQuotation(line, to));
    const value = /^[=\s]+(\$[^\W\d][\w.]*)/.exec(line.slice(to, to + 200));
    if (value?.[1] !== undefined) {
      const end = to + value[0].length;
      pieces.push({ from: end - value[1].length, to: end, kind: "column" });
    }
  }
  return pieces;
}

/** Where the quotation ends that is an option's value, so that no `--word` in it is an option. */
function endOfQuotation(line: string, from: number): number {
  let start = from;
  while (line[start] === " " || line[start] === "=" || line[start] === "\t") start++;
  const closing = CLOSING[line[start] ?? ""];
  return closing === undefined ? 0 : line.indexOf(closing, start + 1) + 1;
}

function readColumns(line: string): Piece[] {
  return [...line.matchAll(COLUMN)]
    .filter((match) => !match[0].startsWith("\\"))
    .map((match) => ({ from: match.index, to: match.index + match[0].length, kind: "column" }));
}

/** A line `name: description`, or `+ name: type - description` of a field. */
function readCondition(line: string): Piece[] {
  const plus = /^\s*\+/.exec(line);
  if (plus !== null) {
    const to = plus[0].length;
    const field = readField(line.slice(to)).map((piece) => ({ ...piece, from: piece.from + to, to: piece.to + to }));
    return [{ from: to - 1, to, kind: "separator" }, ...field];
  }
  const name = FIELD.exec(line);
  if (name === null) return [];
  const from = name[1]?.length ?? 0;
  const pieces: Piece[] = [{ from, to: from + (name[2]?.length ?? 0), kind: "name" }];
  if (name[0].length < line.length) pieces.push({ from: name[0].length, to: line.length, kind: "quiet" });
  return pieces;
}

function readField(line: string): Piece[] {
  if (/^\s*#/.test(line)) return [{ from: 0, to: line.length, kind: "quiet" }];
  const field = FIELD.exec(line);
  if (field === null) return [];
  const [whole, indent = "", name = ""] = field;
  const from = indent.length;
  const pieces: Piece[] = [{ from, to: from + name.length, kind: "name" }];
  const dash = DASH.exec(line.slice(whole.length));
  const end = dash === null ? line.length : whole.length + dash.index;
  const blanks = /^\s*/.exec(line.slice(whole.length, end))?.[0].length ?? 0;
  const typeEnd = whole.length + line.slice(whole.length, end).trimEnd().length;
  if (typeEnd > whole.length + blanks) pieces.push({ from: whole.length + blanks, to: typeEnd, kind: "type" });
  if (dash !== null) pieces.push({ from: end, to: line.length, kind: "quiet" });
  return pieces;
}
