//! The program itself, as far as it comes without Lambda around it: a setting that is missing ends it with its name.

use std::process::Command;

#[test]
fn a_missing_setting_is_named() {
    for (settings, missing) in [
        (&[][..], "RAW_BUCKET is not set, expected the raw bucket's name"),
        (&[("RAW_BUCKET", "raw")], "AWS_REGION is not set, expected the region of the buckets"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ingest-bootstrap"))
            .env_clear()
            // Neither a file of the developer's nor the machine, if it is one of EC2's, shall know a region.
            .envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_EC2_METADATA_DISABLED", "true")])
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(missing), "{said}");
    }
}
