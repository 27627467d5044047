import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.KeyTransRecipientInfo;
import org.bouncycastle.asn1.cms.RecipientInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.Store;
import org.bouncycastle.util.BigIntegers;

/** BouncyCastle's side of the comparison: java Others.java COMMAND FILE... */
public class Others {
    static final String GM = "1.2.156.10197.6.1.4.2";

    static byte[] read(String name) throws Exception { return Files.readAllBytes(Path.of(name)); }

    static X509Certificate certificate(String name) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509", "BC")
            .generateCertificate(Files.newInputStream(Path.of(name)));
    }

    static PrivateKeyInfo key(String name) throws Exception {
        Object o = new PEMParser(new StringReader(Files.readString(Path.of(name)))).readObject();
        return o instanceof PEMKeyPair ? ((PEMKeyPair) o).getPrivateKeyInfo() : (PrivateKeyInfo) o;
    }

    static PrivateKey signingKey(String name) throws Exception {
        return KeyFactory.getInstance("EC", "BC")
            .generatePrivate(new PKCS8EncodedKeySpec(key(name).getEncoded()));
    }

    /** verify SIGNED CONTENT: the stock verifier over detached content. */
    static void verify(String signed, String content) throws Exception {
        CMSSignedData data = new CMSSignedData(new CMSProcessableByteArray(read(content)), read(signed));
        Store<org.bouncycastle.cert.X509CertificateHolder> certificates = data.getCertificates();
        var signers = data.getSignerInfos().getSigners();
        if (signers.size() != 1) throw new Exception("not one signer");
        SignerInformation signer = signers.iterator().next();
        @SuppressWarnings("unchecked")
        var holder = (org.bouncycastle.cert.X509CertificateHolder)
            certificates.getMatches(signer.getSID()).iterator().next();
        if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder)))
            throw new Exception("signature does not verify");
    }

    /** sign KEY CERTIFICATE CONTENT OUT attributes|direct embedded|detached */
    static void sign(String[] a) throws Exception {
        X509Certificate c = certificate(a[2]);
        var info = new JcaSignerInfoGeneratorBuilder(
            new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        info.setDirectSignature(a[5].equals("direct"));
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(info.build(
            new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(signingKey(a[1])),
            new JcaX509CertificateHolder(c)));
        generator.addCertificates(new JcaCertStore(List.of(c)));
        CMSSignedData data = generator.generate(
            new CMSProcessableByteArray(read(a[3])), a[6].equals("embedded"));
        Files.write(Path.of(a[4]), data.toASN1Structure().getEncoded("DER"));
    }

    /** Raw C1 C3 C2 of an SM2Cipher. */
    static byte[] raw(byte[] der) {
        ASN1Sequence s = ASN1Sequence.getInstance(der);
        byte[] out = new byte[97 + ASN1OctetString.getInstance(s.getObjectAt(3)).getOctets().length];
        out[0] = 4;
        for (int i = 0; i < 2; i++)
            System.arraycopy(BigIntegers.asUnsignedByteArray(32,
                ASN1Integer.getInstance(s.getObjectAt(i)).getValue()), 0, out, 1 + 32 * i, 32);
        System.arraycopy(ASN1OctetString.getInstance(s.getObjectAt(2)).getOctets(), 0, out, 65, 32);
        System.arraycopy(ASN1OctetString.getInstance(s.getObjectAt(3)).getOctets(), 0, out, 97, out.length - 97);
        return out;
    }

    static byte[] sm2Decrypt(String keyFile, byte[] der) throws Exception {
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, PrivateKeyFactory.createKey(key(keyFile)));
        byte[] in = raw(der);
        return engine.processBlock(in, 0, in.length);
    }

    static byte[] sm2Encrypt(X509Certificate c, byte[] plain) throws Exception {
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(true, new ParametersWithRandom(
            PublicKeyFactory.createKey(c.getPublicKey().getEncoded()), new SecureRandom()));
        byte[] out = engine.processBlock(plain, 0, plain.length);
        ASN1EncodableVector v = new ASN1EncodableVector();
        for (int i = 0; i < 2; i++)
            v.add(new ASN1Integer(BigIntegers.fromUnsignedByteArray(out, 1 + 32 * i, 32)));
        v.add(new DEROctetString(java.util.Arrays.copyOfRange(out, 65, 97)));
        v.add(new DEROctetString(java.util.Arrays.copyOfRange(out, 97, out.length)));
        return new DERSequence(v).getEncoded("DER");
    }

    static byte[] sm4(int mode, byte[] key, byte[] iv, byte[] in) throws Exception {
        Cipher cipher = Cipher.getInstance("SM4/CBC/PKCS7Padding", "BC");
        cipher.init(mode, new SecretKeySpec(key, "SM4"), new IvParameterSpec(iv));
        return cipher.doFinal(in);
    }

    /** open KEY CERTIFICATE ENVELOPE OUT */
    static void open(String[] a) throws Exception {
        ContentInfo info = ContentInfo.getInstance(read(a[3]));
        EnvelopedData env = EnvelopedData.getInstance(info.getContent());
        X509Certificate c = certificate(a[2]);
        for (Object o : env.getRecipientInfos()) {
            KeyTransRecipientInfo r =
                KeyTransRecipientInfo.getInstance(RecipientInfo.getInstance(o).getInfo());
            var id = IssuerAndSerialNumber.getInstance(r.getRecipientIdentifier().getId());
            if (!id.getSerialNumber().getValue().equals(c.getSerialNumber())) continue;
            byte[] key = sm2Decrypt(a[1], r.getEncryptedKey().getOctets());
            var content = env.getEncryptedContentInfo();
            byte[] iv = ASN1OctetString.getInstance(
                content.getContentEncryptionAlgorithm().getParameters()).getOctets();
            Files.write(Path.of(a[4]),
                sm4(Cipher.DECRYPT_MODE, key, iv, content.getEncryptedContent().getOctets()));
            return;
        }
        throw new Exception("not a recipient");
    }

    /** envelope CERTIFICATE CONTENT OUT: GB/T 35275 EnvelopedData. */
    static void envelope(String[] a) throws Exception {
        X509Certificate c = certificate(a[1]);
        byte[] key = new byte[16], iv = new byte[16];
        new SecureRandom().nextBytes(key);
        new SecureRandom().nextBytes(iv);
        var name = new IssuerAndSerialNumber(
            X500Name.getInstance(c.getIssuerX500Principal().getEncoded()), c.getSerialNumber());
        var recipient = new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {
            new ASN1Integer(1), name,
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.156.10197.1.301.3")),
            new DEROctetString(sm2Encrypt(c, key))});
        var content = new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {
            new ASN1ObjectIdentifier(GM + ".1"),
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.156.10197.1.104.2"), new DEROctetString(iv)),
            new DERTaggedObject(false, 0,
                new DEROctetString(sm4(Cipher.ENCRYPT_MODE, key, iv, read(a[2]))))});
        var data = new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {
            new ASN1Integer(1), new DERSet(recipient), content});
        Files.write(Path.of(a[3]),
            new ContentInfo(new ASN1ObjectIdentifier(GM + ".3"), data).getEncoded("DER"));
    }

    public static void main(String[] a) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        switch (a[0]) {
            case "verify" -> verify(a[1], a[2]);
            case "sign" -> sign(a);
            case "open" -> open(a);
            case "envelope" -> envelope(a);
            default -> throw new Exception("unknown command");
        }
    }
}
