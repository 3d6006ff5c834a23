// localText is a UTC text with the reader's own time beside it; '' where that
// would say nothing new, because their clock shows UTC too.
export function localText(iso: string, zone?: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const show = (timeZone?: string) =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...(timeZone ? { timeZone } : {}) }).format(at)
  const here = show(zone)
  return here === show('UTC') ? '' : here
}

// localTimes names the reader's own time with every time of the page: as a
// hint, and in sight where the page asks for it.
export function localTimes(root: ParentNode): void {
  for (const el of root.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    if (el.title) continue
    const here = localText(el.dateTime)
    if (!here) continue
    el.title = `${here} on your clock`
    if (el.closest('[data-local]')) el.append(` (${here} on your clock)`)
  }
}
