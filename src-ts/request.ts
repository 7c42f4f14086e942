/**
 * What the app's own servers are told of who asks.
 *
 * @since 0.1.0
 */
export interface RequestTokenOptions {
  /**
   * The token: 1 to 4096 letters, digits and `-._~+/`, and `=` at its end only (RFC 6750).
   *
   * @default none: the token is forgotten
   * @example 'eyJhbGciOiJFZERTQSJ9.e30.c2ln'
   * @since 0.1.0
   */
  token?: string;
}

/**
 * The key that signs requests.
 *
 * @since 0.1.0
 */
export interface RequestKeyOptions {
  /**
   * For `HMAC-SHA256` the base64 of at least 32 bytes, for `Ed25519` a PKCS#8 key as PEM.
   *
   * @default none: the key is forgotten
   * @example 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
   * @since 0.1.0
   */
  key?: string;
}
