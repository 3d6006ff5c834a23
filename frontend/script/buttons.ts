// copyButtons gives each text made to be copied a button that does it.
export function copyButtons(root: ParentNode): void {
  if (!navigator.clipboard) return
  for (const text of root.querySelectorAll<HTMLElement>('[data-copy]')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'no-print'
    button.textContent = 'Copy the message'
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(text.textContent ?? '').then(
        () => { button.textContent = 'Copied' },
        () => { button.textContent = 'Select the text and copy it' },
      )
    })
    text.after(button)
  }
}

// printButton shows the button that only works with script.
export function printButton(root: ParentNode): void {
  const button = root.querySelector<HTMLElement>('[data-print]')
  if (!button) return
  button.hidden = false
  button.addEventListener('click', () => window.print())
}
