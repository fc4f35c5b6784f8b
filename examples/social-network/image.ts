import { createHash } from 'node:crypto';

const IMAGE_BYTES = 8_192;

/** The picture of an upload: bytes that only its name determines. */
export function imageOf(upload: string): Buffer {
  return Buffer.alloc(IMAGE_BYTES, `${upload}\n`);
}

export function checksumOf(image: Buffer): string {
  return createHash('sha256').update(image).digest('hex');
}
