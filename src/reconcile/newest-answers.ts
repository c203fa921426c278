/** The answer to the newest question about each release: the same question is asked once, and passes in between ask nothing. */
export class NewestAnswers<T> {
  readonly #newest = new Map<string, { readonly question: string; readonly answer: T }>();

  /** A question that cannot be answered, for `ask` rejects, is asked again. */
  async to(uid: string, question: string, ask: () => Promise<T>): Promise<T> {
    const before = this.#newest.get(uid);
    if (before?.question === question) return before.answer;
    const answer = await ask();
    this.#newest.set(uid, { question, answer });
    return answer;
  }

  forget(uid: string): void {
    this.#newest.delete(uid);
  }
}
