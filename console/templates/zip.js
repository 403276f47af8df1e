/** ZIP archives without compression, as APPNOTE.TXT of PKWARE describes them: templates are small. */

const UTF_8_NAMES = 0x0800;
const VERSION = 20;

/**
 * @param {readonly { name: string, text: string }[]} files names may have folders, separated by `/`.
 * @param {Date} [time]
 */
export function createZip(files, time = new Date()) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.name);
    const data = new TextEncoder().encode(file.text);
    const common = [
      ...[u16(VERSION), u16(UTF_8_NAMES), u16(0), dosTime(time)],
      ...[u32(crc32(data)), u32(data.length), u32(data.length), u16(name.length), u16(0)],
    ];
    const local = join([u32(0x04034b50), ...common, name, data]);
    const rest = [u16(0), u16(0), u16(0), u32(0), u32(offset), name];
    directory.push(join([u32(0x02014b50), u16(VERSION), ...common, ...rest]));
    parts.push(local);
    offset += local.length;
  }
  const entries = join(directory);
  const counts = [u16(files.length), u16(files.length), u32(entries.length), u32(offset)];
  return join([...parts, entries, u32(0x06054b50), u16(0), u16(0), ...counts, u16(0)]);
}

/** Two seconds are the unit; years count from 1980. */
function dosTime(date) {
  const clock = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return join([u16(clock), u16(day)]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function u16(value) {
  return Uint8Array.of(value & 255, (value >> 8) & 255);
}

function u32(value) {
  return join([u16(value & 0xffff), u16(value >>> 16)]);
}

function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
