import { wait, worthRetrying } from './retry.ts'

// Report is the body of POST /api/v1/reports.
export interface Report {
  id: string
  service: string
  kind: 'down' | 'works'
  symptom?: string
  comment?: string
  device?: string
}

// Answer is what the server made of a report, as far as the page shows it.
export interface Answer {
  id: string
  counted: boolean
  reason?: string
  token: string
  receipt: string
  place: string
}

// Problem is a sentence for the person.
export interface Problem { problem: string }

const unsent = 'It could not be sent: there is no connection to us. Press again to retry; it will count once.'

// send posts a report, again and again with the same id while the outcome is
// unknown. say is told what is going on.
export async function send(report: Report, say: (text: string) => void): Promise<Answer | Problem> {
  for (let attempt = 0; ; attempt++) {
    const { answer, retryAfter } = await post(report)
    if (answer) return answer
    const seconds = wait(attempt, retryAfter, Math.random())
    if (seconds === null) return { problem: unsent }
    say(`No answer yet. Trying again in ${Math.ceil(seconds)} s; keep this page open.`)
    await new Promise((done) => setTimeout(done, seconds * 1000))
    say('Sending again …')
  }
}

async function post(report: Report): Promise<{ answer: Answer | Problem | null; retryAfter: number }> {
  try {
    const response = await fetch('/api/v1/reports', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(15_000),
    })
    if (worthRetrying(response.status)) {
      return { answer: null, retryAfter: Number(response.headers.get('Retry-After')) || 0 }
    }
    const body: unknown = await response.json()
    return { answer: response.ok ? toAnswer(body) : toProblem(body), retryAfter: 0 }
  } catch {
    return { answer: null, retryAfter: 0 }
  }
}

// withdraw takes a report back; false means that it may still be there.
export async function withdraw(answer: Answer): Promise<boolean> {
  try {
    const response = await fetch(`/api/v1/reports/${encodeURIComponent(answer.id)}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${answer.token}` },
      signal: AbortSignal.timeout(15_000),
    })
    return response.ok
  } catch {
    return false
  }
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
}

function text(body: unknown, name: string): string {
  const value = field(body, name)
  return typeof value === 'string' ? value : ''
}

export function toAnswer(body: unknown): Answer {
  const receipt = text(body, 'receipt_url')
  return {
    id: text(body, 'id'),
    counted: field(body, 'counted') === true,
    ...(text(body, 'reason') ? { reason: text(body, 'reason') } : {}),
    token: text(body, 'withdraw_token'),
    receipt: /^(\/[^/\\]|https?:\/\/)/.test(receipt) ? receipt : '',
    place: placeName(field(body, 'place')),
  }
}

// placeName is the server's name for a place, else the country's name with the
// code of the region.
export function placeName(place: unknown): string {
  const country = text(place, 'country')
  const region = text(place, 'region')
  if (text(place, 'name') || !country) return text(place, 'name')
  let name = country
  try {
    name = new Intl.DisplayNames(['en'], { type: 'region' }).of(country) ?? country
  } catch { /* not a code: say it as it came */ }
  return region ? `${name} (${region})` : name
}

function toProblem(body: unknown): Problem {
  return { problem: text(body, 'detail') || text(body, 'title') || 'It could not be understood. Reload the page and try again.' }
}
