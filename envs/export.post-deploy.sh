# Its build script needs no token of the Hub's.
unset HF_TOKEN HUGGING_FACE_HUB_TOKEN HUGGINGFACEHUB_API_TOKEN
# Its build script needs no token of the Hub's.
unset HF_TOKEN HUGGING_FACE_HUB_TOKEN HUGGINGFACEHUB_API_TOKEN
# Without its dependencies: they contradict executorch's, and this build needs none of them but
# those that export.yaml names.
python -m pip install --no-deps --no-input stable-audio-tools==0.0.19
