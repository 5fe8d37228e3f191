// What the extension of the Jupyter server answers, below the server's own base URL: so it works
// behind a JupyterHub, and nobody gets in whom the server does not let in.
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type panelWidget from "../../src/panel.entry";

/** As `parallel_nb.lab.jobs` in Python sends it: ready words. */
export interface Job {
  id: string;
  name: string;
  title: string;
  variable: string; // a name for its answers, made of the title
  is_find: boolean;
  is_at_work: boolean;
  when: string;
  state: string;
  shares: { ok: number; bad: number; run: number };
  counts: string;
  cost: string;
  about: string;
  message: string;
  needs_attention: boolean;
}

export interface JobList {
  jobs: Job[];
  more: string;
  at_work: number;
  status: string;
  spent: string;
  hint: string;
}

export interface Lesson {
  name: string;
  content: unknown;
}

/** What went wrong, and what a person can do about it; commands stand in backticks. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }

  get words(): string {
    return `${this.message} ${this.remedy}`.trim();
  }
}

export class Server {
  constructor(private settings: ServerConnection.ISettings) {}

  list(search: string): Promise<JobList> {
    return this.json<JobList>(`jobs?search=${encodeURIComponent(search)}`);
  }

  lessons(): Promise<Lesson[]> {
    return this.json<Lesson[]>("lessons");
  }

  async stop(job: Job): Promise<void> {
    await this.json(`jobs/${job.id}/stop`, { method: "POST", body: "{}" });
  }

  async clear(job: Job): Promise<void> {
    await this.json(`jobs/${job.id}?unfinished=1`, { method: "DELETE" });
  }

  async download(id: string, form: string, isBasis: boolean): Promise<Blob> {
    return (await this.request(`jobs/${id}/export?form=${form}&basis=${isBasis ? 1 : 0}`)).blob();
  }

  /** What the panel of a job asks its kernel otherwise. */
  panel(id: string, message: object): Promise<Record<string, unknown>> {
    return this.json(`jobs/${id}/panel`, { method: "POST", body: JSON.stringify(message) });
  }

  /** The widget of the panel, as notebooks have it: it is in the package once. */
  async panelWidget(): Promise<typeof panelWidget> {
    const address = this.address("assets/panel.js");
    const style = this.address("assets/panel.css");
    if (![...document.styleSheets].some(({ href }) => href === style)) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
    }
    try {
      return ((await import(/* webpackIgnore: true */ address)) as { default: typeof panelWidget }).default;
    } catch {
      throw new Problem("The panel of answers could not be loaded.", "Reload the page.");
    }
  }

  private address(path: string): string {
    return URLExt.join(this.settings.baseUrl, "parallel-nb", path);
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await this.request(path, init)).json() as Promise<T>;
  }

  private async request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(this.address(path), init, this.settings);
    } catch {
      throw new Problem("The Jupyter server does not answer.", "See whether it still runs, in the terminal where `jupyter lab` was started. This goes on by itself once it does.");
    }
    if (response.ok) return response;
    // Without our extension the server answers with a page of its own.
    const said = (await response.json().catch(() => null)) as { message?: string; remedy?: string } | null;
    if (typeof said?.remedy === "string") throw new Problem(said.message ?? "", said.remedy);
    if (response.status === 404) {
      throw new Problem(
        "The Jupyter server runs without the extension of parallel_nb.",
        "Where JupyterLab is installed, run `jupyter server extension enable parallel_nb.lab`, and start JupyterLab again. Notebooks work without it.",
      );
    }
    throw new Problem(`The Jupyter server answers with ${response.status}.`, "Its log says why.");
  }
}
