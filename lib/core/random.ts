/** Randomness, injected for the same reason as the clock: a seed must reproduce a whole run. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;

  /**
   * An identifier that no other process will ever produce: 120 random bits as 20 characters of
   * a URL-safe alphabet. Ownership rests on its uniqueness.
   */
  id(): string;
}

const ID_LENGTH = 20;
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Random bytes for the next ids: the generator takes as long for one as for many. */
const bytes = new Uint8Array(64 * ID_LENGTH);
let bytesUsed = bytes.length;

/** Randomness of this machine, from the platform's cryptographic generator. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  id() {
    if (bytesUsed === bytes.length) {
      crypto.getRandomValues(bytes);
      bytesUsed = 0;
    }
    let id = '';
    for (const byte of bytes.subarray(bytesUsed, bytesUsed + ID_LENGTH)) {
      // The alphabet has 64 letters, so the low six bits of a byte choose one without bias.
      id += ID_ALPHABET.charAt(byte & 63);
    }
    bytesUsed += ID_LENGTH;
    return id;
  },
};
