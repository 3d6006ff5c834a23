// Numbers is what a chart holds, as its data attributes say it.
export interface Numbers { start: number; step: number; counts: number[]; usual: number[] }

export function numbers(data: DOMStringMap): Numbers | null {
  const list = (text?: string) => (text ? text.split(' ').map(Number) : [])
  const start = Date.parse(data['start'] ?? '')
  const step = Number(data['step']) * 1000
  const counts = list(data['counts'])
  return Number.isNaN(start) || !(step > 0) || counts.length === 0 ? null : { start, step, counts, usual: list(data['usual']) }
}

// slotAt is the slot under a point, given as a share of the chart's width.
export function slotAt(n: Numbers, share: number): number {
  return Math.min(n.counts.length - 1, Math.max(0, Math.floor(share * n.counts.length)))
}

// reading says one slot: "18:45 UTC: 42 reports, 2 usual".
export function reading(n: Numbers, slot: number): string {
  const at = new Date(n.start + slot * n.step).toISOString().slice(11, 16)
  const count = n.counts[slot] ?? 0
  const usual = n.usual[slot]
  const tail = usual === undefined ? '' : `, ${usual > 0 && usual < 0.95 ? 'fewer than 1' : Math.round(usual)} usual`
  return `${at} UTC: ${count} ${count === 1 ? 'report' : 'reports'}${tail}`
}
