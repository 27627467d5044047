import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Security;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * BouncyCastle's judgement on the containers of sealed PDFs: java Seals.java (KIND CONTAINER COVERED)..., where KIND is
 * cms (RFC 5652), gm (GB/T 35275) or ses (GB/T 38540). Prints a line for each: good, or what is wrong.
 */
public class Seals {

    static void cms(byte[] container, byte[] covered) throws Exception {
        CMSSignedData data = new CMSSignedData(new CMSProcessableByteArray(covered), container);
        int signers = 0;
        for (SignerInformation signer : data.getSignerInfos().getSigners()) {
            var matches = data.getCertificates().getMatches(signer.getSID());
            X509CertificateHolder holder = (X509CertificateHolder) matches.iterator().next();
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder)))
                throw new Exception("the signature does not fit");
            signers++;
        }
        if (signers != 1) throw new Exception(signers + " signers");
    }

    static boolean sm2(byte[] certificate, byte[] message, byte[] signature) throws Exception {
        X509Certificate c = (X509Certificate) CertificateFactory.getInstance("X.509", "BC")
            .generateCertificate(new ByteArrayInputStream(certificate));
        Signature verifier = Signature.getInstance("SM3withSM2", "BC");
        verifier.initVerify(c.getPublicKey());
        verifier.update(message);
        return verifier.verify(signature);
    }

    /** SES_Signature, the seal in it, and the digest. */
    static void ses(byte[] container, byte[] covered) throws Exception {
        ASN1Sequence act = ASN1Sequence.getInstance(container);
        ASN1Sequence toSign = ASN1Sequence.getInstance(act.getObjectAt(0));
        if (!sm2(ASN1OctetString.getInstance(act.getObjectAt(1)).getOctets(), toSign.getEncoded("DER"),
                DERBitString.getInstance(act.getObjectAt(3)).getOctets()))
            throw new Exception("the signature does not fit");
        ASN1Sequence seal = ASN1Sequence.getInstance(toSign.getObjectAt(1));
        if (!sm2(ASN1OctetString.getInstance(seal.getObjectAt(1)).getOctets(), seal.getObjectAt(0).toASN1Primitive().getEncoded("DER"),
                DERBitString.getInstance(seal.getObjectAt(3)).getOctets()))
            throw new Exception("the issuer's signature does not fit");
        byte[] digest = MessageDigest.getInstance("SM3", "BC").digest(covered);
        if (!Arrays.equals(digest, DERBitString.getInstance(toSign.getObjectAt(3)).getOctets()))
            throw new Exception("another document");
    }

    public static void main(String[] a) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        for (int i = 0; i + 2 < a.length; i += 3) {
            byte[] container = Files.readAllBytes(Path.of(a[i + 1])), covered = Files.readAllBytes(Path.of(a[i + 2]));
            try {
                if (a[i].equals("ses")) ses(container, covered);
                else cms(container, covered);
                System.out.println("good");
            } catch (Exception e) {
                System.out.println("bad: " + e);
            }
        }
    }
}
