import { isZoomed, pan, zoom, type Box } from './viewbox.ts'

const steps: Record<string, (box: Box, whole: Box) => Box> = {
  '+': (b, w) => zoom(b, w, 1.6),
  '=': (b, w) => zoom(b, w, 1.6),
  '-': (b, w) => zoom(b, w, 1 / 1.6),
  '0': (_, w) => w,
  ArrowLeft: (b, w) => pan(b, w, -0.2, 0),
  ArrowRight: (b, w) => pan(b, w, 0.2, 0),
  ArrowUp: (b, w) => pan(b, w, 0, -0.2),
  ArrowDown: (b, w) => pan(b, w, 0, 0.2),
}

// zoomableMap lets a map be zoomed and moved, by buttons, keys and dragging.
// The table beside it says the same to those who see no map.
export function zoomableMap(map: HTMLElement): void {
  const svg = map.querySelector('svg')
  if (!svg) return
  const { x, y, width, height } = svg.viewBox.baseVal
  const whole: Box = { x, y, width, height }
  let box = whole
  const show = (next: Box) => {
    box = next
    svg.setAttribute('viewBox', `${box.x} ${box.y} ${box.width} ${box.height}`)
    svg.classList.toggle('zoomed', isZoomed(box, whole))
  }
  map.append(keys((key) => show(steps[key]?.(box, whole) ?? box)))
  map.addEventListener('keydown', (event) => {
    const step = steps[event.key]
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return
    // Arrows scroll the page as ever until there is something to move.
    if (event.key.startsWith('Arrow') && !isZoomed(box, whole)) return
    event.preventDefault()
    show(step(box, whole))
  })
  drag(svg, (dx, dy) => show(pan(box, whole, dx, dy)), () => isZoomed(box, whole))
  naming(map, svg)
}

function keys(press: (key: string) => void): HTMLElement {
  const bar = document.createElement('div')
  bar.className = 'map-keys'
  bar.setAttribute('role', 'group')
  bar.setAttribute('aria-label', 'Map: zoom with plus and minus, move with the arrow keys')
  for (const [key, text, label] of [['+', '+', 'Zoom in'], ['-', '−', 'Zoom out'], ['0', '⤢', 'Whole world']] as const) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = text
    button.setAttribute('aria-label', label)
    button.addEventListener('click', () => press(key))
    bar.append(button)
  }
  return bar
}

function drag(svg: SVGSVGElement, move: (dx: number, dy: number) => void, ready: () => boolean): void {
  let last: { x: number; y: number } | null = null
  svg.addEventListener('pointerdown', (event) => {
    if (ready()) last = { x: event.clientX, y: event.clientY }
  })
  svg.addEventListener('pointermove', (event) => {
    if (!last) return
    svg.setPointerCapture(event.pointerId)
    const area = svg.getBoundingClientRect()
    move((last.x - event.clientX) / area.width, (last.y - event.clientY) / area.height)
    last = { x: event.clientX, y: event.clientY }
  })
  for (const end of ['pointerup', 'pointercancel'] as const) svg.addEventListener(end, () => { last = null })
}

// naming says the country under the pointer or finger at once; a browser's own
// hint comes late, and on a phone never.
function naming(map: HTMLElement, svg: SVGSVGElement): void {
  const line = document.createElement('p')
  line.dataset['mapSaid'] = ''
  line.setAttribute('aria-hidden', 'true')
  map.append(line)
  svg.addEventListener('pointerover', (event) => {
    const shape = event.target instanceof Element ? event.target.closest('[data-code]') : null
    line.textContent = shape?.querySelector('title')?.textContent ?? ''
  })
}
