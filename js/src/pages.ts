// The rows that the kernel has sent, by the page; asks for what is looked at and no more.

/** Number in the table, what names it, status, why it failed, then texts and confidences by field. */
export type Row = [number, string, string, string, string[], string[]];

export const PAGE = 200; // rows asked for at once
// Someone who scrolls past a thousand pages leaves no queue of them: two questions are under
// way, and the next one asks for what is looked at then.
const AT_ONCE = 2;
// Each question costs the notebook's page some milliseconds, and of rows that fly past nobody
// reads a word: so often at most is anything asked.
const PACE_MS = 60;

interface Kept {
  rows: Row[];
  round: number;
}

export class Pages {
  private kept = new Map<number, Kept>();
  private asked = new Set<number>();
  private epoch = 0; // answers to an older filter are dropped
  private since = -PACE_MS; // when the last questions were asked
  private later: ReturnType<typeof setTimeout> | undefined;
  private before = 0; // the first row that was looked at last
  private down = true; // the way in which a person scrolls
  private round = 0; // an answer of an older round is shown until a newer one is here

  /** `ask` gets a page's rows, null when the kernel did not answer; `arrived` draws the table again. */
  constructor(
    private ask: (start: number, stop: number) => Promise<Row[] | null>,
    private arrived: () => void,
  ) {}

  row(n: number): Row | undefined {
    return this.kept.get(Math.floor(n / PAGE))?.rows[n % PAGE];
  }

  /** Another filter: nothing that is kept is right. */
  forget(): void {
    this.kept.clear();
    this.asked.clear();
    this.epoch += 1;
    this.since = -PACE_MS;
  }

  close(): void {
    this.forget();
    clearTimeout(this.later);
  }

  /** The kernel has read more rows: ask again. */
  renew(): void {
    this.round += 1;
  }

  /** Have rows `first` to `last` of `rows` here, then two pages on the way, one on the other side. */
  want(first: number, last: number, rows: number): void {
    const end = Math.floor((Math.max(rows, 1) - 1) / PAGE);
    const from = Math.min(Math.floor(first / PAGE), end);
    const to = Math.min(Math.floor(Math.max(last - 1, first) / PAGE), end);
    const missing: number[] = [];
    for (let page = from; page <= to; page++) missing.push(page);
    if (first !== this.before) this.down = first > this.before;
    this.before = first;
    const near = this.down ? [to + 1, to + 2, from - 1] : [from - 1, from - 2, to + 1];
    missing.push(...near.filter((page) => page >= 0 && page <= end));
    this.next(missing.filter((page) => !this.asked.has(page) && this.kept.get(page)?.round !== this.round));
  }

  private next(missing: number[]): void {
    const now = performance.now();
    const wait = this.since + PACE_MS - now;
    const free = AT_ONCE - this.asked.size;
    if (missing.length === 0 || free <= 0) return;
    if (wait > 0) {
      // By then something else may be looked at: it is drawn again, and says what it wants.
      clearTimeout(this.later);
      this.later = setTimeout(this.arrived, wait);
      return;
    }
    this.since = now;
    for (const page of missing.slice(0, free)) this.load(page);
  }

  private load(page: number): void {
    this.asked.add(page);
    const { epoch, round } = this;
    void this.ask(page * PAGE, (page + 1) * PAGE).then((rows) => {
      if (epoch !== this.epoch) return;
      this.asked.delete(page);
      if (rows === null) return; // asked again when the table is drawn next
      this.kept.set(page, { rows: rows.slice(0, PAGE), round });
      this.arrived();
    });
  }
}
