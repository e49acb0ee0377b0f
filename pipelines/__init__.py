"""Weekly, privacy-first threat assessments of human trafficking from the de-identified reports of six fusion centers."""
