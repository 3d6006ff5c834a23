import { device, uuid } from './identity.ts'
import { send, withdraw, type Answer, type Report } from './send.ts'

// reportForm sends the form without leaving the page, tries again while the
// connection fails, and shows the answer in place of the form.
export function reportForm(form: HTMLFormElement): void {
  const progress = form.querySelector<HTMLElement>('[data-progress]')
  const error = form.querySelector<HTMLElement>('[data-error]')
  const thanks = form.parentElement?.querySelector<HTMLTemplateElement>('template[data-thanks]')
  const result = form.parentElement?.querySelector<HTMLElement>('[data-result]')
  if (!progress || !error || !thanks || !result) return
  const say = (text: string) => { progress.textContent = text }
  let sent: Report | null = null
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const fresh = read(form, event.submitter)
    // Pressing again after a failure is the same report: it counts once.
    const report = sent && same(sent, fresh) ? sent : fresh
    sent = report
    busy(form, true)
    error.hidden = true
    say('Sending …')
    const outcome = await send(report, say)
    busy(form, false)
    say('')
    if ('problem' in outcome) {
      error.textContent = outcome.problem
      error.hidden = false
      return
    }
    sent = null
    form.hidden = true
    confirm(result, thanks, outcome, () => { form.hidden = false })
  })
}

function read(form: HTMLFormElement, submitter: HTMLElement | null): Report {
  const data = new FormData(form)
  const text = (name: string) => String(data.get(name) ?? '').trim()
  const works = submitter instanceof HTMLButtonElement && submitter.value === 'works'
  const report: Report = { id: uuid(), service: text('service'), kind: works ? 'works' : 'down' }
  if (!works && text('symptom')) report.symptom = text('symptom')
  if (text('comment')) report.comment = text('comment')
  const word = device()
  if (word) report.device = word
  return report
}

function same(a: Report, b: Report): boolean {
  return JSON.stringify({ ...a, id: '' }) === JSON.stringify({ ...b, id: '' })
}

function busy(form: HTMLFormElement, on: boolean): void {
  for (const button of form.querySelectorAll('button')) button.disabled = on
}

// confirm fills the server's own words with what became of the report.
function confirm(place: HTMLElement, words: HTMLTemplateElement, answer: Answer, again: () => void): void {
  const part = words.content.cloneNode(true)
  if (!(part instanceof DocumentFragment)) return
  const reason = answer.counted ? '' : answer.reason ?? 'other'
  const known = part.querySelector(`[data-reason="${CSS.escape(reason)}"]`) ? reason : 'other'
  for (const line of part.querySelectorAll<HTMLElement>('[data-reason]')) {
    if (line.dataset['reason'] !== known) line.remove()
  }
  const kept = part.querySelector<HTMLElement>('[data-kept]')
  const where = part.querySelector('[data-place]')
  if (kept && where && answer.place) {
    where.textContent = answer.place
    kept.hidden = false
  }
  const receipt = part.querySelector<HTMLAnchorElement>('[data-receipt]')
  if (answer.receipt) receipt?.setAttribute('href', answer.receipt)
  else receipt?.remove()
  offerWithdrawal(part, answer, again)
  place.replaceChildren(part)
  place.scrollIntoView({ block: 'nearest' })
  place.querySelector<HTMLElement>('h2')?.focus()
}

function offerWithdrawal(part: DocumentFragment, answer: Answer, again: () => void): void {
  const button = part.querySelector<HTMLButtonElement>('[data-withdraw]')
  const done = part.querySelector<HTMLElement>('[data-withdrawn]')
  const failed = part.querySelector<HTMLElement>('[data-failed]')
  if (!button || !done || !failed) return
  if (!answer.token) button.remove()
  button.addEventListener('click', async () => {
    button.disabled = true
    const gone = await withdraw(answer)
    button.disabled = false
    failed.hidden = gone
    done.hidden = !gone
    if (!gone) return
    const rest = button.closest('.thanks')?.querySelectorAll('[data-reason], [data-kept], .actions') ?? []
    for (const line of rest) line.remove()
    again()
    done.setAttribute('tabindex', '-1')
    done.focus()
  })
}
