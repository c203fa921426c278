// Command cosign is the part of cosign that signs: its own commands sign, attest and import-key-pair with their own
// flags, without the policy engines and cloud SDKs of the rest, which are two thirds of the build.
package main

import (
	"fmt"
	"os"

	"github.com/sigstore/cosign/v3/cmd/cosign/cli/attest"
	"github.com/sigstore/cosign/v3/cmd/cosign/cli/generate"
	"github.com/sigstore/cosign/v3/cmd/cosign/cli/importkeypair"
	"github.com/sigstore/cosign/v3/cmd/cosign/cli/options"
	"github.com/sigstore/cosign/v3/cmd/cosign/cli/sign"
	"github.com/sigstore/cosign/v3/cmd/cosign/cli/signcommon"
	"github.com/spf13/cobra"
)

func main() {
	ro := &options.RootOptions{}
	root := &cobra.Command{Use: "cosign", SilenceUsage: true, SilenceErrors: true}
	ro.AddFlags(root)
	root.AddCommand(signCommand(ro), attestCommand(ro), importCommand())
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "cosign:", err)
		os.Exit(1)
	}
}

func signCommand(ro *options.RootOptions) *cobra.Command {
	o := &options.SignOptions{}
	cmd := &cobra.Command{
		Use:  "sign",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ko := keyOptions(o.Key, o.Fulcio, o.Rekor, o.TSAServerURL, o.SkipConfirmation, o.NewBundleFormat)
			if err := signcommon.LoadTrustedMaterialAndSigningConfig(cmd.Context(), &ko, o.UseSigningConfig, o.SigningConfigPath,
				o.Rekor.URL, o.Fulcio.URL, o.OIDC.Issuer, o.TSAServerURL, o.TrustedRootPath, o.TlogUpload,
				o.NewBundleFormat, "", o.Key, o.IssueCertificate, o.Output, "", o.OutputCertificate, o.OutputPayload,
				o.OutputSignature, ""); err != nil {
				return err
			}
			return sign.SignCmd(cmd.Context(), ro, ko, *o, args)
		},
	}
	o.AddFlags(cmd)
	return cmd
}

func attestCommand(ro *options.RootOptions) *cobra.Command {
	o := &options.AttestOptions{}
	cmd := &cobra.Command{
		Use:  "attest",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ko := keyOptions(o.Key, o.Fulcio, o.Rekor, o.TSAServerURL, o.SkipConfirmation, o.NewBundleFormat)
			if err := signcommon.LoadTrustedMaterialAndSigningConfig(cmd.Context(), &ko, o.UseSigningConfig, o.SigningConfigPath,
				o.Rekor.URL, o.Fulcio.URL, o.OIDC.Issuer, o.TSAServerURL, o.TrustedRootPath, o.TlogUpload,
				o.NewBundleFormat, "", o.Key, o.IssueCertificate, "", "", "", "", "", ""); err != nil {
				return err
			}
			command := attest.AttestCommand{
				KeyOpts:         ko,
				RegistryOptions: o.Registry,
				PredicatePath:   o.Predicate.Path,
				PredicateType:   o.Predicate.Type,
				Replace:         o.Replace,
				Timeout:         ro.Timeout,
				TlogUpload:      o.TlogUpload,
				TSAServerURL:    o.TSAServerURL,
				RekorEntryType:  o.RekorEntryType,
			}
			return command.Exec(cmd.Context(), args[0])
		},
	}
	o.AddFlags(cmd)
	return cmd
}

func importCommand() *cobra.Command {
	o := &options.ImportKeyPairOptions{}
	cmd := &cobra.Command{
		Use:  "import-key-pair",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return importkeypair.ImportKeyPairCmd(cmd.Context(), *o, args)
		},
	}
	o.AddFlags(cmd)
	return cmd
}

func keyOptions(
	key string,
	fulcio options.FulcioOptions,
	rekor options.RekorOptions,
	tsa string,
	skipConfirmation, newBundleFormat bool,
) options.KeyOpts {
	return options.KeyOpts{
		KeyRef:           key,
		PassFunc:         generate.GetPass,
		FulcioURL:        fulcio.URL,
		IDToken:          fulcio.IdentityToken,
		RekorURL:         rekor.URL,
		SkipConfirmation: skipConfirmation,
		TSAServerURL:     tsa,
		NewBundleFormat:  newBundleFormat,
	}
}
