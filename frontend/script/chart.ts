import { numbers, reading, slotAt } from './reading.ts'

// readableChart says the numbers under the pointer or finger. The table below
// the chart has them for everyone else.
export function readableChart(figure: HTMLElement): void {
  const svg = figure.querySelector('svg')
  const line = figure.querySelector<HTMLElement>('[data-reading]')
  const cursor = figure.querySelector('[data-cursor]')
  const n = numbers(figure.dataset)
  if (!svg || !line || !cursor || !n) return
  const show = (event: PointerEvent) => {
    const area = svg.getBoundingClientRect()
    const slot = slotAt(n, (event.clientX - area.left) / area.width)
    line.textContent = reading(n, slot)
    const x = `${((slot + 0.5) / n.counts.length) * 100}%`
    cursor.setAttribute('x1', x)
    cursor.setAttribute('x2', x)
    cursor.setAttribute('visibility', 'visible')
  }
  svg.addEventListener('pointermove', show)
  svg.addEventListener('pointerdown', show)
  svg.addEventListener('pointerleave', () => {
    line.textContent = ''
    cursor.setAttribute('visibility', 'hidden')
  })
}
