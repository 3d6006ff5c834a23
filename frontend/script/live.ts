import { pace } from './pace.ts'

// livePage follows the server's events and, when one says that something has
// changed, fetches the page again and takes over the regions marked data-live.
// The server draws both the first view and every later one: they cannot differ.
export function livePage(events: string, changed: (region: HTMLElement) => void): void {
  let due = 0
  let last = Date.now()
  let source: EventSource | null = null
  const refresh = async () => {
    due = 0
    if (document.hidden) return
    last = Date.now()
    const page = await fetchPage()
    if (page) takeOver(page, changed)
  }
  const soon = () => {
    if (!due) due = window.setTimeout(refresh, pace(Date.now() - last, Math.random()))
  }
  // A page that nobody sees holds no connection: browsers allow few for each
  // host, and the seventh tab would wait for the first.
  const follow = () => {
    source?.close()
    source = document.hidden ? null : new EventSource(events)
    for (const kind of ['verdict', 'incident', 'counts', 'resync']) source?.addEventListener(kind, soon)
    if (source && Date.now() - last > 60_000) soon()
  }
  document.addEventListener('visibilitychange', follow)
  follow()
  // A stream that was refused for good is replaced by asking now and then.
  window.setInterval(() => {
    if (source?.readyState === EventSource.CLOSED) soon()
  }, 60_000)
}

async function fetchPage(): Promise<Document | null> {
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } })
    if (!response.ok) return null
    return new DOMParser().parseFromString(await response.text(), 'text/html')
  } catch {
    return null // the next event tries again
  }
}

function takeOver(page: Document, changed: (region: HTMLElement) => void): void {
  const before = heading()
  for (const old of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const fresh = page.querySelector<HTMLElement>(`[data-live="${CSS.escape(old.dataset['live'] ?? '')}"]`)
    // What someone is in the middle of stays as it is.
    if (!fresh || old.contains(document.activeElement)) continue
    const open = [...old.querySelectorAll('details')].map((d) => d.open)
    old.setAttribute('class', fresh.getAttribute('class') ?? '')
    old.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)))
    old.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false })
    changed(old)
  }
  document.title = page.title
  if (heading() !== before) announce(heading())
}

function heading(): string {
  return document.querySelector('h1')?.textContent?.replace(/\s+/g, ' ').trim() ?? ''
}

// announce tells a screen reader of a change of state, and of nothing less.
function announce(text: string): void {
  const line = document.querySelector('[data-announce]')
  if (line) line.textContent = text
}
