// SPDX-License-Identifier: LGPL-2.1-or-later
// Pena: dss-table, what EU DSS says of each signature in many files
// Copyright (C) 2026 the Pena authors
package pena;

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.model.DSSException;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.policy.ValidationPolicyFacade;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Usage: dss-table [--no-revocation] --trust FOLDER [--crls FOLDER], with a line on standard input for each file: its name, the
 * document that it stands beside (or nothing) and the password (or nothing), separated by tabs.
 *
 * A line a signature and a line a time-stamp, with these columns: number of the input line, "signature" or "stamp", what tells it
 * from others (the end of its byte range, or how many came before; the kind and time of a time-stamp), indication,
 * sub-indication, format, and DSS's reasons. A file that DSS does not read is a line "error".
 *
 * With --no-revocation it passes what nobody says anything about. Nothing is fetched.
 */
public final class DssTable {
    private final CommonTrustedCertificateSource trust = new CommonTrustedCertificateSource();
    private final List<byte[]> crls = new ArrayList<>();
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private boolean needRevocation = true;

    private static File[] files(String folder) {
        File[] found = new File(folder).listFiles();
        if (found == null)
            throw new IllegalArgumentException(folder + " is no folder");
        Arrays.sort(found);
        return found;
    }

    /** Corpora hold keys that Java refuses to read; whoever depends on one has no chain then. */
    private void addAnchor(File file) {
        try {
            trust.addCertificate(DSSUtils.loadCertificate(file));
        } catch (DSSException problem) {
            System.err.println("dss-table: " + file.getName() + ": " + problem.getMessage());
        }
    }

    private CommonCertificateVerifier newVerifier() {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trust);
        if (!crls.isEmpty())
            verifier.setCrlSource(new ExternalResourcesCRLSource(
                crls.stream().map(ByteArrayInputStream::new).toArray(InputStream[]::new)));
        return verifier;
    }

    /** The built-in policy; without the demand for revocation data when nobody asked for it. */
    private ValidationPolicy policy() throws Exception {
        try (InputStream stream = DssTable.class.getResourceAsStream("/policy/constraint.xml")) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            if (!needRevocation)
                text = text.replaceAll("<(RevocationDataAvailable|AcceptableRevocationDataFound) Level=\"FAIL\"",
                                       "<$1 Level=\"WARN\"");
            return ValidationPolicyFacade.newFacade().getValidationPolicy(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void line(int number, Object... columns) {
        StringBuilder text = new StringBuilder().append(number);
        for (Object column : columns)
            text.append('\t').append(String.valueOf(column).replaceAll("[\\t\\n\\r]+", " "));
        out.println(text);
    }

    private static String key(SignatureWrapper signature, int index) {
        List<BigInteger> range = signature.getSignatureByteRange();
        return range != null && range.size() == 4 ? range.get(2).add(range.get(3)).toString() : "#" + index;
    }

    private void tell(int number, Reports reports) {
        SimpleReport simple = reports.getSimpleReport();
        DiagnosticData data = reports.getDiagnosticData();
        int index = 0;

        for (SignatureWrapper signature : data.getSignatures()) {
            String id = signature.getId();
            List<Object> reasons = new ArrayList<>();
            simple.getAdESValidationErrors(id).forEach(message -> reasons.add(message.getValue()));
            simple.getAdESValidationWarnings(id).forEach(message -> reasons.add("(" + message.getValue() + ")"));
            line(number, signature.isCounterSignature() ? "counter" : "signature", key(signature, index++),
                 simple.getIndication(id), simple.getSubIndication(id), simple.getSignatureFormat(id), reasons);
        }
        for (TimestampWrapper stamp : data.getTimestampList())
            line(number, "stamp", stamp.getType() + "@" + stamp.getProductionTime().toInstant().truncatedTo(ChronoUnit.SECONDS),
                 simple.getIndication(stamp.getId()), simple.getSubIndication(stamp.getId()), "",
                 simple.getAdESValidationErrors(stamp.getId()).stream().map(message -> message.getValue()).toList());
    }

    private void judge(int number, String[] columns) {
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(columns[0]));
            validator.setCertificateVerifier(newVerifier());
            if (columns.length > 1 && !columns[1].isEmpty())
                validator.setDetachedContents(List.of(new FileDocument(columns[1])));
            if (columns.length > 2 && !columns[2].isEmpty() && validator instanceof PDFDocumentValidator)
                ((PDFDocumentValidator) validator).setPasswordProtection(columns[2].toCharArray());
            tell(number, validator.validateDocument(policy()));
        } catch (Exception | StackOverflowError problem) {
            line(number, "error", "", "", "", "", problem);
        }
    }

    private void run(String[] arguments) throws Exception {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--no-revocation"))
                needRevocation = false;
            else if (arguments[i].equals("--trust"))
                for (File file : files(arguments[++i]))
                    addAnchor(file);
            else if (arguments[i].equals("--crls"))
                for (File file : files(arguments[++i]))
                    crls.add(DSSUtils.toByteArray(file));
            else
                throw new IllegalArgumentException(arguments[i]);
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String text;
        for (int number = 0; (text = lines.readLine()) != null; number++)
            judge(number, text.split("\t", -1));
    }

    public static void main(String[] arguments) throws Exception {
        new DssTable().run(arguments);
    }

    private DssTable() {
    }
}
