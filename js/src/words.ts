// Words for numbers; the same words as the static twins in Python.

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

export function money(usd: number): string {
  if (usd > 0 && usd < 0.01) return `$${usd.toFixed(4).replace(/0+$/, "")}`;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1).replace(".0", "")} h`;
}

export function timeLeft(eta: readonly [number, number, number] | null): string {
  if (!eta) return "";
  const [low, best, high] = eta.map((value) =>
    Number.isFinite(value) ? Math.min(Math.max(value, 0), 1e7) : 1e7,
  ) as [number, number, number];
  const unit = best < 90 ? 1 : best < 5400 ? 60 : 3600;
  const near = figure(low / unit);
  const far = figure(high / unit);
  return `about ${duration(best)} left${near === far ? "" : ` (${near} to ${far})`}`;
}

function figure(value: number): string {
  return value < 2 && value !== Math.round(value) ? value.toFixed(1) : count(Math.round(value));
}

export function rateWords(rate: number | null): string {
  if (rate === null || !Number.isFinite(rate) || rate <= 0) return "";
  if (rate < 0.1) return `${(rate * 60).toFixed(1)} rows/min`;
  return rate >= 10 ? `${count(Math.round(rate))} rows/s` : `${rate.toFixed(1)} rows/s`;
}

const MARKS: Record<string, string> = { high: "●", medium: "◑", low: "◔" };

export function confidenceWords(confidence: string | null): string {
  if (!confidence) return "";
  const mark = MARKS[confidence.toLowerCase()];
  return mark ? `${mark} ${confidence}` : confidence;
}
