// The rows that the kernel has sent, in pages; asks for those that are looked at, and no more.

/** Number in the table, what names it, status, why it failed, then texts and confidences by field. */
export type Row = [number, string, string, string, string[], string[]];

export const PAGE = 200; // rows of one request
// Someone who scrolls past a thousand pages leaves no queue of them: at most two requests are under
// way, and the next one asks for what is looked at then.
const AT_ONCE = 2;
// Each request costs the notebook's page some milliseconds, and nobody reads rows that fly past:
// requests are at least so far apart.
const PACE_MS = 60;

interface LoadedPage {
  rows: Row[];
  round: number;
}

export class Pages {
  private loaded = new Map<number, LoadedPage>();
  private requested = new Set<number>();
  private epoch = 0; // replies to an older filter are dropped
  private requestedAt = -PACE_MS; // when the last request was made
  private timer: ReturnType<typeof setTimeout> | undefined;
  private previousFirst = 0; // the first row that was looked at before
  private down = true; // the direction in which a person scrolls
  private round = 0; // a page of an older round is shown until a newer one is here

  /** `request` gets rows, null when the kernel did not answer; `onArrival` draws the table again. */
  constructor(
    private request: (start: number) => Promise<Row[] | null>,
    private onArrival: () => void,
  ) {}

  row(n: number): Row | undefined {
    return this.loaded.get(Math.floor(n / PAGE))?.rows[n % PAGE];
  }

  /** Another filter: no loaded row is right. */
  forget(): void {
    this.loaded.clear();
    this.requested.clear();
    this.epoch += 1;
    this.requestedAt = -PACE_MS;
  }

  close(): void {
    this.forget();
    clearTimeout(this.timer);
  }

  /** The kernel has read more rows: load what is looked at again. */
  renew(): void {
    this.round += 1;
  }

  /** Load rows `first` to `last` of `rows`, then two pages ahead and one behind. */
  want(first: number, last: number, rows: number): void {
    const end = Math.floor((Math.max(rows, 1) - 1) / PAGE);
    const from = Math.min(Math.floor(first / PAGE), end);
    const to = Math.min(Math.floor(Math.max(last - 1, first) / PAGE), end);
    const missing: number[] = [];
    for (let page = from; page <= to; page++) missing.push(page);
    if (first !== this.previousFirst) this.down = first > this.previousFirst;
    this.previousFirst = first;
    const near = this.down ? [to + 1, to + 2, from - 1] : [from - 1, from - 2, to + 1];
    missing.push(...near.filter((page) => page >= 0 && page <= end));
    this.loadSome(missing.filter((page) => !this.requested.has(page) && this.loaded.get(page)?.round !== this.round));
  }

  private loadSome(missing: number[]): void {
    const now = performance.now();
    const wait = this.requestedAt + PACE_MS - now;
    const free = AT_ONCE - this.requested.size;
    if (missing.length === 0 || free <= 0) return;
    if (wait > 0) {
      // By then something else may be looked at: the table is drawn again, and says what it wants.
      clearTimeout(this.timer);
      this.timer = setTimeout(this.onArrival, wait);
      return;
    }
    this.requestedAt = now;
    for (const page of missing.slice(0, free)) this.load(page);
  }

  private load(page: number): void {
    this.requested.add(page);
    const { epoch, round } = this;
    void this.request(page * PAGE).then((rows) => {
      if (epoch !== this.epoch) return;
      this.requested.delete(page);
      if (rows === null) return; // requested again when the table is drawn next
      this.loaded.set(page, { rows: rows.slice(0, PAGE), round });
      this.onArrival();
    });
  }
}
