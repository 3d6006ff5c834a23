// Box is the part of a drawing that is seen, as in an SVG's viewBox.
export interface Box { x: number; y: number; width: number; height: number }

// The smallest part that may be seen: an eighth of the whole, in each way.
const deepest = 8

// zoom scales what is seen by factor around a point given as a share of the
// box (0.5, 0.5 is its middle), and stays within whole.
export function zoom(box: Box, whole: Box, factor: number, at = { x: 0.5, y: 0.5 }): Box {
  const width = Math.min(whole.width, Math.max(whole.width / deepest, box.width / factor))
  const height = width * (whole.height / whole.width)
  return within({
    x: box.x + (box.width - width) * at.x,
    y: box.y + (box.height - height) * at.y,
    width,
    height,
  }, whole)
}

// pan moves what is seen by shares of its own size, and stays within whole.
export function pan(box: Box, whole: Box, dx: number, dy: number): Box {
  return within({ ...box, x: box.x + dx * box.width, y: box.y + dy * box.height }, whole)
}

function within(box: Box, whole: Box): Box {
  const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high)
  return {
    ...box,
    x: clamp(box.x, whole.x, whole.x + whole.width - box.width),
    y: clamp(box.y, whole.y, whole.y + whole.height - box.height),
  }
}

export function isZoomed(box: Box, whole: Box): boolean {
  return box.width < whole.width - 0.5
}
