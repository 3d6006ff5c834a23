// matches reports whether text holds every word of query, as the server's own
// search does.
export function matches(query: string, text: string): boolean {
  const hay = text.toLowerCase()
  return query.toLowerCase().split(/\s+/).every((word) => hay.includes(word))
}
