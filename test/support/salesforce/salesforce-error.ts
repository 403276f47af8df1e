/** An error as the REST API words it: a status and an array with one entry. */
export class SalesforceError extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }

  get body(): readonly object[] {
    return [{ message: this.message, errorCode: this.errorCode }];
  }
}
