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

/** Randomness of this machine, from the platform's cryptographic generator. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  id() {
    const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
    // The alphabet has 64 letters, so the low six bits of a byte choose one without bias.
    return Array.from(bytes, (byte) => ID_ALPHABET.charAt(byte & 63)).join('');
  },
};
