import { matches } from './match.ts'

// serviceFilter narrows the list of services while one types. It gives a
// function that applies the same again, for after the list has changed.
export function serviceFilter(root: Document): () => void {
  const input = root.querySelector<HTMLInputElement>('form[data-filter] input[type=search]')
  // A page that the server has narrowed already does not hold all services.
  if (!input?.form || new URLSearchParams(location.search).get('q')) return () => {}
  const apply = () => show(root, input.value.trim())
  input.addEventListener('input', apply)
  input.form.addEventListener('submit', (event) => {
    const found = visible(root)
    const only = found.length === 1 ? found[0]?.querySelector('a') : null
    if (!only || !input.value.trim()) return
    event.preventDefault()
    only.click()
  })
  apply() // a value that the browser has kept
  return apply
}

function items(root: ParentNode): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('[data-list] [data-name]')]
}

function visible(root: ParentNode): HTMLElement[] {
  return items(root).filter((item) => !item.hidden)
}

function show(root: ParentNode, query: string): void {
  for (const item of items(root)) item.hidden = query !== '' && !matches(query, item.dataset['name'] ?? '')
  for (const section of root.querySelectorAll<HTMLElement>('[data-list] > section')) {
    section.hidden = [...section.querySelectorAll<HTMLElement>('[data-name]')].every((item) => item.hidden)
  }
  for (const aside of root.querySelectorAll<HTMLElement>('[data-aside]')) aside.hidden = query !== ''
  const empty = root.querySelector<HTMLElement>('[data-empty]')
  if (empty) empty.hidden = visible(root).length > 0
}
