// uuid makes a random UUID. crypto.randomUUID is missing where a page is not
// served securely, such as on a school's own network.
export function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const key = 'outcry-device'

// device is the random word by which a browser counts once. It is made when
// someone reports, never by reading; where storage is closed there is none.
export function device(): string {
  try {
    const kept = localStorage.getItem(key)
    if (kept) return kept
    const fresh = uuid()
    localStorage.setItem(key, fresh)
    return fresh
  } catch {
    return ''
  }
}
