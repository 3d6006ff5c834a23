// Lists the names of countries (ISO 3166-1) and their parts (ISO 3166-2).
import { iso31661, iso31662 } from 'iso-3166'

// places is country code → { name, parts: part of the code after the hyphen → name }.
export function places() {
  const names = new Intl.DisplayNames(['en'], { type: 'region' })
  const all = { XK: { name: names.of('XK'), parts: {} } }
  for (const c of iso31661) all[c.alpha2] = { name: names.of(c.alpha2), parts: {} }
  for (const p of iso31662) {
    const country = p.code.slice(0, 2)
    if (all[country]) all[country].parts[p.code.slice(3)] = p.name
  }
  return all
}
