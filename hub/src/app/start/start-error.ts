/** Why the hub did not start, in a sentence that says what to do. Ends the process with 1. */
export class StartError extends Error {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.name = 'StartError';
    this.code = code;
  }
}
