// Turns world-atlas' countries into SVG paths on a fixed grid.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { geoEqualEarth, geoPath, geoArea } from 'd3-geo'
import { feature } from 'topojson-client'
import { iso31661, iso31662 } from 'iso-3166'

const require = createRequire(import.meta.url)

// Two grid units are about a pixel of the widest page: finer is not seen.
export const width = 1600
// Antarctica reports nothing and would take a seventh of the height.
const left_out = new Set(['AQ'])
// Not in ISO 3166-1, or without a number in the atlas.
const unnumbered = { Kosovo: 'XK' }

const byNumber = new Map(iso31661.map((c) => [c.numeric, c.alpha2]))

function countries(detail) {
  const atlas = JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${detail}.json`), 'utf8'))
  return feature(atlas, atlas.objects.countries).features.map((f) => ({
    ...f,
    code: byNumber.get(f.id) ?? unnumbered[f.properties.name] ?? '',
  }))
}

// The projection cuts at the antimeridian, so that Russia and Fiji are not
// smeared over the whole width. The grid is as high as the land it shows.
function grid(land) {
  const projection = geoEqualEarth().fitWidth(width - 8, land)
  const [[x0, y0], [, y1]] = geoPath(projection).bounds(land)
  const [tx, ty] = projection.translate()
  projection.translate([tx - x0 + 4, ty - y0 + 4])
  return { projection, height: Math.ceil(y1 - y0) + 8 }
}

// ring writes one closed line with relative steps in whole units; points that
// fall on the one before are dropped, and rings that vanish with them.
export function ring(points) {
  const cells = []
  for (const [x, y] of points) {
    const cell = [Math.round(x), Math.round(y)]
    const last = cells.at(-1)
    if (!last || Math.abs(last[0] - cell[0]) + Math.abs(last[1] - cell[1]) > 1) cells.push(cell)
  }
  while (cells.length > 1 && String(cells[0]) === String(cells.at(-1))) cells.pop()
  if (cells.length < 3) return ''
  let d = `M${cells[0].join(' ')}l`
  for (let i = 1; i < cells.length; i++) {
    const step = `${cells[i][0] - cells[i - 1][0]} ${cells[i][1] - cells[i - 1][1]}`
    d += (i === 1 ? '' : ' ') + step
  }
  // " -" and "l " say nothing that "-" does not.
  return d.replaceAll(' -', '-') + 'z'
}

function outline(projection, shape) {
  const rings = []
  let open = null
  // A context that collects what geoPath would draw: after projecting,
  // cutting and clipping.
  const path = geoPath(projection, {
    beginPath() {},
    moveTo(x, y) { open = [[x, y]] },
    lineTo(x, y) { open.push([x, y]) },
    closePath() { rings.push(open) },
    arc() {},
  })
  path(shape)
  return rings.map(ring).join('')
}

// world lists the countries: with their outline, or, where the coarse atlas
// leaves them out or they are too small for the grid, as a point.
export function world() {
  const coarse = countries('110m').filter((f) => !left_out.has(f.code))
  const { projection, height } = grid({ type: 'FeatureCollection', features: coarse })
  const names = new Intl.DisplayNames(['en'], { type: 'region' })
  const shapes = []
  for (const f of coarse) {
    const d = outline(projection, f)
    if (d) shapes.push({ id: f.code, name: f.code ? names.of(f.code) : f.properties.name, d })
  }
  const drawn = new Set(shapes.map((s) => s.id))
  const fine = countries('50m').filter((f) => f.code && !drawn.has(f.code) && !left_out.has(f.code))
  for (const f of fine.sort((a, b) => geoArea(b) - geoArea(a))) {
    const [x, y] = geoPath(projection).centroid(f).map(Math.round)
    if (Number.isFinite(x)) shapes.push({ id: f.code, name: names.of(f.code), x, y })
  }
  shapes.sort((a, b) => (a.id + a.name < b.id + b.name ? -1 : 1))
  return { width, height, shapes }
}

// states lists the states of the USA. The atlas has projected them already,
// with Alaska and Hawaii brought near.
export function states() {
  const scale = 0.75
  const atlas = JSON.parse(readFileSync(require.resolve('us-atlas/states-albers-10m.json'), 'utf8'))
  const codes = new Map(iso31662.filter((p) => p.parent === 'US').map((p) => [p.name, p.code]))
  const [x0, y0, x1, y1] = atlas.bbox
  const place = ([x, y]) => [(x - x0) * scale + 2, (y - y0) * scale + 2]
  const shapes = feature(atlas, atlas.objects.states).features.map((f) => {
    const { type, coordinates } = f.geometry
    const rings = (type === 'Polygon' ? [coordinates] : coordinates).flat().map((r) => r.map(place))
    return { id: codes.get(f.properties.name), name: f.properties.name, d: rings.map(ring).join('') }
  })
  shapes.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { width: Math.ceil((x1 - x0) * scale) + 4, height: Math.ceil((y1 - y0) * scale) + 4, shapes }
}
