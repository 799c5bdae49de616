// SPDX-License-Identifier: LGPL-2.1-or-later
// Pena: veraPDF judges whether files are what they say they are, PDF/A
// Copyright (C) 2026 the Pena authors
package pena;

import java.io.FileInputStream;
import java.io.InputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** VeraCheck FILE...: one line a file, and below it what is wrong. Exits with 1 when one is not of the flavour that it claims. */
public final class VeraCheck {
    private VeraCheck() {
    }

    private static boolean check(String path) throws Exception {
        try (InputStream input = new FileInputStream(path);
                PDFAParser parser = Foundries.defaultInstance().createParser(input);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(parser.getFlavour(), false)) {
            ValidationResult result = validator.validate(parser);
            System.out.printf("%s %s %s%n", result.isCompliant() ? "passed" : "FAILED", parser.getFlavour(), path);
            for (TestAssertion assertion : result.getTestAssertions())
                if (assertion.getStatus() == TestAssertion.Status.FAILED)
                    System.out.printf("    %s: %s%n", assertion.getRuleId(), assertion.getMessage());
            return result.isCompliant();
        }
    }

    public static void main(String[] paths) throws Exception {
        boolean all = true;
        VeraGreenfieldFoundryProvider.initialise();
        for (String path : paths)
            all = check(path) && all;
        System.exit(all ? 0 : 1);
    }
}
