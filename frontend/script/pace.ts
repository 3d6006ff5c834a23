// The least time between two refreshes of a page, in milliseconds.
const least = 10_000

// pace is how long to wait before refreshing, when the last refresh was since
// milliseconds ago. random is in 0..1: all who watch a service hear of a change
// in the same moment, and must not all ask in the next.
export function pace(since: number, random: number): number {
  return Math.max(least - since, 0) + 200 + random * 1300
}
