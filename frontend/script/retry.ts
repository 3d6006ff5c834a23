// Waits between attempts, in seconds: quick at first, for a connection that
// blinked; then patient, for one that is gone.
const waits = [1, 2, 4, 8, 15, 30, 60]

// wait is how many seconds to wait after the nth failed attempt (from 0), or
// null to give up. asked is a server's Retry-After; random is in 0..1 and
// spreads those who failed together.
export function wait(attempt: number, asked: number, random: number): number | null {
  const base = waits[attempt]
  if (base === undefined) return null
  return Math.round(Math.max(base, Math.min(asked, 120)) * (0.75 + 0.5 * random) * 10) / 10
}

// worthRetrying tells answers that may change from those that will not.
export function worthRetrying(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
