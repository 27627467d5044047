/** What can be known of a certificate without trusting it. */
export interface CertificateInfo {
  der: Uint8Array<ArrayBuffer>;
  /** SM3 of the DER, 64 hex digits: the certificate's name inside bids. */
  sm3: string;
  /** Holder's name and unified social credit code, as a bid names its supplier. */
  holder: string;
  creditCode: string;
  subject: string;
  issuer: string;
  /** Hex of the serial number's octets. */
  serial: string;
  /** ISO 8601, UTC. */
  notBefore: string;
  notAfter: string;
  keyKind: 'sm2' | 'p256' | 'rsa';
  canSign: boolean;
  canEncrypt: boolean;
}
