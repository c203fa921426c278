const BLOCK_SIZE = 512;

/**
 * A tar archive of one executable file (POSIX ustar). Owner, mode and times are fixed, so that the same content
 * always has the same digest.
 */
export function tarOfExecutable(name: string, content: Buffer): Buffer {
  const padding = Buffer.alloc(roundUp(content.length) - content.length);
  const endOfArchive = Buffer.alloc(2 * BLOCK_SIZE);
  return Buffer.concat([header(name, content.length), content, padding, endOfArchive]);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  block.write(name, 0);
  block.write(octal(0o755, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  // The checksum is taken with its own field full of spaces.
  block.fill(' ', 148, 156);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(octal(checksum, 7), 148);
  return block;
}

/** Octal digits and a closing NUL that fill a field. */
function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function roundUp(size: number): number {
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}
