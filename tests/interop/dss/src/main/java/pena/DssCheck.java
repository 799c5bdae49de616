// SPDX-License-Identifier: LGPL-2.1-or-later
// Pena: dss-check, has EU DSS judge signatures, many files in one run
// Copyright (C) 2026 the Pena authors
package pena;

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Usage: dss-check OPTION... FILE [OPTION... FILE]...
 *
 * --trust ROOT and --certificate CA (PEM or DER, repeatable) and --crl LIST (DER, repeatable) hold for all files that follow;
 * --expect LEVEL, --content FILE (of a signature that stands beside its document) and --password WORD for the next one. LEVEL
 * is a name of DSS's, such as PAdES_BASELINE_B. A line a file; exit status 0 when every signature in every file is
 * TOTAL_PASSED and of the level that was expected, 1 when one is not, 2 when the command line is wrong.
 *
 * Nothing is fetched: revocation data is in the file or given.
 */
public final class DssCheck {
    private final List<byte[]> crls = new ArrayList<>();
    private final CommonTrustedCertificateSource trust = new CommonTrustedCertificateSource();
    private final CommonCertificateSource certificates = new CommonCertificateSource();
    private String expect;
    private String content;
    private String password;
    private int files;
    private int failures;

    private CommonCertificateVerifier newVerifier() {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trust);
        verifier.setAdjunctCertSources(certificates);
        if (!crls.isEmpty())
            verifier.setCrlSource(new ExternalResourcesCRLSource(
                crls.stream().map(ByteArrayInputStream::new).toArray(InputStream[]::new)));
        return verifier;
    }

    private Reports validate(String file) {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
        validator.setCertificateVerifier(newVerifier());
        if (content != null)
            validator.setDetachedContents(List.of(new FileDocument(content)));
        if (password != null)
            ((eu.europa.esig.dss.pades.validation.PDFDocumentValidator) validator).setPasswordProtection(password.toCharArray());
        return validator.validateDocument();
    }

    private void report(String file, String text, boolean passed) {
        System.out.println((passed ? "passed " : "FAILED ") + file + ": " + text);
        if (!passed)
            failures++;
    }

    private void check(String file) {
        files++;
        try {
            SimpleReport report = validate(file).getSimpleReport();
            List<String> signatures = report.getSignatureIdList();
            if (signatures.isEmpty())
                report(file, "no signature is in it", false);
            for (String id : signatures) {
                String level = String.valueOf(report.getSignatureFormat(id));
                boolean passed = report.getIndication(id) == Indication.TOTAL_PASSED && level.replace('-', '_').equals(expect);
                String text = report.getIndication(id) + " " + report.getSubIndication(id) + " " + level;
                if (!passed)
                    text += ", expected " + expect + " " + report.getAdESValidationErrors(id) + " "
                        + report.getAdESValidationWarnings(id);
                report(file, text, passed);
            }
        } catch (RuntimeException exception) {
            report(file, exception.toString(), false);
        }
        expect = content = password = null;
    }

    private boolean takeOption(String name, String value) {
        switch (name) {
        case "--trust":
            trust.addCertificate(DSSUtils.loadCertificate(new File(value)));
            return true;
        case "--certificate":
            certificates.addCertificate(DSSUtils.loadCertificate(new File(value)));
            return true;
        case "--crl":
            crls.add(DSSUtils.toByteArray(new File(value)));
            return true;
        case "--expect":
            expect = value;
            return true;
        case "--content":
            content = value;
            return true;
        case "--password":
            password = value;
            return true;
        default:
            return false;
        }
    }

    private int run(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (!arguments[i].startsWith("--")) {
                check(arguments[i]);
            } else if (i + 1 == arguments.length || !takeOption(arguments[i], arguments[i + 1])) {
                System.err.println("dss-check: " + arguments[i] + " is no option, or has no value");
                return 2;
            } else {
                i++;
            }
        }
        if (files == 0) {
            System.err.println("dss-check: name at least one file");
            return 2;
        }
        return failures == 0 ? 0 : 1;
    }

    public static void main(String[] arguments) {
        System.exit(new DssCheck().run(arguments));
    }

    private DssCheck() {
    }
}
