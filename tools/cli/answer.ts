// The answer of a command that is a question, which becomes its exit code.

let isNo = false;

/** Before a command runs. */
export function forgetAnswer(): void {
  isNo = false;
}

export function answer(isYes: boolean): void {
  isNo = !isYes;
}

/** For scripts, as `diff` and `grep` have it. */
export function exitCodeOfAnswer(): 0 | 1 {
  return isNo ? 1 : 0;
}
