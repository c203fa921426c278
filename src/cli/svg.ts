type Attributes = Readonly<Record<string, string | number>>;

/** A point in pixels, from the upper left corner. */
export type Pixel = readonly [x: number, y: number];

/** An element with what stands in it, which is SVG itself. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export const label = ([x, y]: Pixel, text: string, attributes: Attributes = {}): string =>
  element('text', { x: rounded(x), y: rounded(y), ...attributes }, escaped(text));

/** Said by what reads a picture aloud. */
export const pictureTitle = (text: string): string => element('title', {}, escaped(text));

/** A line through all of them; a point that is not there leaves a gap. */
export const line = (points: readonly (Pixel | undefined)[], attributes: Attributes): string =>
  element('path', { d: pathOf(points), fill: 'none', ...attributes });

/** The area between two lines. */
export const area = (upper: readonly Pixel[], lower: readonly Pixel[], attributes: Attributes): string =>
  element('path', { d: `${pathOf([...upper, ...lower.toReversed()])}Z`, ...attributes });

function pathOf(points: readonly (Pixel | undefined)[]): string {
  return points
    .map(
      (point, index) => point && `${points[index - 1] ? 'L' : 'M'}${rounded(point[0])} ${rounded(point[1])}`,
    )
    .filter((step) => step !== undefined)
    .join('');
}

/** A tenth of a pixel is not seen. */
const rounded = (pixels: number): number => Math.round(pixels * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
