export const FUNCTIONS: readonly string[];
export function buildFunctions(folder: string): Promise<void>;
