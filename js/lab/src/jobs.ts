// The list of jobs, kept up to date for all that show it.
import { type JobList, Problem, type Server } from "./server";

// While something is at work, and while nothing is.
const LIVELY_MS = 2_000;
const QUIET_MS = 30_000;

export interface View {
  present(list: JobList | null, problem: Problem | null): void;
}

export class Jobs {
  list: JobList | null = null;
  problem: Problem | null = null;
  search = ""; // only jobs whose words hold this are listed
  private views = new Set<View>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isAsking = false;
  private isWaiting = false; // it is to be asked again

  constructor(readonly server: Server) {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.refreshIfShown();
    });
  }

  /** Show the list in a view, now and when it changes; the first one begins the asking. */
  show(view: View): () => void {
    this.views.add(view);
    if (this.views.size === 1) void this.refresh();
    else view.present(this.list, this.problem);
    return () => this.views.delete(view);
  }

  refreshIfShown(): void {
    if (this.views.size > 0) void this.refresh();
  }

  async refresh(): Promise<void> {
    this.isWaiting = this.isAsking;
    if (this.isAsking) return;
    this.isAsking = true;
    clearTimeout(this.timer);
    try {
      this.list = await this.server.list(this.search);
      this.problem = null;
    } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(String(error), "");
    }
    this.isAsking = false;
    for (const view of this.views) view.present(this.list, this.problem);
    if (this.isWaiting) return this.refresh();
    // A page that nobody looks at asks nothing.
    if (!document.hidden && this.views.size > 0) {
      this.timer = setTimeout(() => void this.refresh(), this.list !== null && this.list.at_work > 0 ? LIVELY_MS : QUIET_MS);
    }
  }
}
